"""ElevenLabs Streaming."""
