/** The organisation that the stand-in knows when it is given none, and an employee of it; both names mean nothing anywhere else. */
export const DEMO_ORGANISATION = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
export const DEMO_EXECUTOR = '00000072-0000-4000-8000-000000000000';
