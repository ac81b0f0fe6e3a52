"""Being inside GitHub Actions."""
