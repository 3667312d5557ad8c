/** The names of the package's outputs, which are their folders' below `templates/`. */
export const CONFIG_OUTPUT = 'config.json'
export const VHOST_OUTPUT = 'mattermost.conf'
