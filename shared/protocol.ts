/** Which contract the server speaks, so that a plugin can say that one of the two is too old. Imports nothing: the plugin reads it too. */

/** Goes up when a request or an answer changes in a way that the other side must know of. */
export const PROTOCOL = 2;
