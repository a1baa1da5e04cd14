"""The solution of the discretised equations: linear chains, Newton's method, continuation, sweeps of the bias."""
