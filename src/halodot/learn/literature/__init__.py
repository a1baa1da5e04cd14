"""Sizes of dots across published recipes: rows, the recipes behind them, the fit and its scores."""
