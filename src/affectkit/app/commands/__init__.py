"""Commands, one file each: the function `command`; the docstring's first line is its help in the list of commands."""
