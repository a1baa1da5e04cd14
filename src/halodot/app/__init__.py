"""A page in the browser that shows the whole LED while its recipe and its stack are changed."""
