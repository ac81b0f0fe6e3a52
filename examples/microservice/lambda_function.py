"""The service as an AWS Lambda function: `handler` answers the events of an API Gateway."""

from mangum import Mangum

from main import app

handler = Mangum(app, lifespan="off")
