/**
 * Set-up of every test file. Runners force colours upon what they start, tests start programs and
 * read what those print, and with colours `false` is not the text "false".
 */
delete process.env.FORCE_COLOR;
