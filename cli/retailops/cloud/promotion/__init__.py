"""Promotion days: scaled out by a forecast, and back in."""
