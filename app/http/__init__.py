"""HTTP for API and pages alike: middleware, problems, caching, conditional requests, limits, links."""
