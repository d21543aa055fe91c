"""The service behind `affectkit serve`: what is asked over HTTP and WebSocket is answered as `predict --json` does.

`application` holds the routes, `uploads` what comes in, `predicting` the bundles and the threads they run in,
`streaming` sound and pictures as they come, `counted` what is measured, `described` what is documented.
"""
