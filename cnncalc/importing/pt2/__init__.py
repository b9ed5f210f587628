"""PyTorch: files of `torch.export.save`, read without PyTorch and without opening any pickle in them."""
