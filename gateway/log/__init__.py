"""What the gateway says about its own running: JSON lines for a journal, readable lines on a terminal.

Set up once by the command that runs; everyone else uses `logging.getLogger(__name__)`. A line may carry a correlation
id, from `flow.correlation` or from `extra={"correlation": …}`. What looks like a secret is masked on its way out.
"""
