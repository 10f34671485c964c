"""What a Sovereign sells: vouchers, Organizations. It knows no other app."""
