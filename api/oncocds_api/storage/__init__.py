"""What is kept on a disk or in a database, and why that fails."""
