"""The pipeline: from upstreams and seeds to one published landscape file."""
