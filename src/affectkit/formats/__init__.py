"""File formats for predictions, one file each: `write(predictions, file)`, `read(file)`."""
