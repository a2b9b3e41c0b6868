// Files that become texts of the page (vite).
declare module "*?raw" {
  const text: string;
  export default text;
}
