"""How strange a record is: the fusion model of the series' views, and the public boards' evaluation."""
