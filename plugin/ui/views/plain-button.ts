/** Attributes for the library's controls, to be spread: its types leave them out, its components hand them on. */
export const plainButton = { type: 'button' } as const;
