"""What a franchise sells: Plans, Add-ons, Bundles, Industries, offers of Blueprints; its price."""
