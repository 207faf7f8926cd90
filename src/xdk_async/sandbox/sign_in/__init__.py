"""How people and apps sign in to the sandbox: OAuth 2.0 with PKCE, OAuth 1.0a, and the app's own token."""
