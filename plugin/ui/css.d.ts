/** Style sheets as the bundler hands them over: class names by their local ones. */
declare module '*.module.css' {
  const styles: Record<string, string>;
  export default styles;
}
declare module '*.css';
