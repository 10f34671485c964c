"""What a Sovereign can be built of and what it may sell: the one reader of Blueprints.

Charts say what there is (`infra/charts/*/blueprint.yaml`), `kit.tf.json` what needs what, the
catalogue beside this file what else the plan knows, and `apps.yaml` the Apps. Nothing here has
rows, and nothing decides who may choose.
"""
