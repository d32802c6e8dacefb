"""The rules: one plain async function per use case. Who may, what is written, who is told."""
