/** The version in package.json, put in when bundling. */
declare const TOILE_VERSION: string;
