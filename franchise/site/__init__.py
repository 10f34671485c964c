"""What customers see before they buy: the shop, the cart, the checkout, and the face of
the franchise."""
