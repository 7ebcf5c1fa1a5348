"""The linear statements at three sizes of the table and three numbers of pipelines."""
