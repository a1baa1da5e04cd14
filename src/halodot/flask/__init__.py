"""Recipe to flask: amounts, acid and base, the surface of the dots, growth and work-up."""
