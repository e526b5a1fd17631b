/** Packages whose code is shipped inside the console's script; the build fails when the bundle holds others than these. */
export const bundled = ['@preact/signals', '@preact/signals-core', 'preact', 'uplot'];
