/** Getting in. */
export const access = {
  signIn: {
    title: "Sign in",
    password: "Password",
    code: "One-time code",
    useCode: "Use a one-time code instead",
    usePassword: "Use the password instead",
    codeHint: "On the gateway, `gateway token create --sign-in` makes one: it is what follows code= in the link.",
    submit: "Sign in",
    show: "Show",
    hide: "Hide",
  },

  firstRun: {
    title: "Welcome",
    lead: "Nobody has signed in to this gateway yet. Choose the password that protects it.",
    code: "First-run code",
    codeHint: "Printed where the gateway was started, and in its log.",
    password: "New password",
    passwordHint: "A few random words are easy to remember and hard to guess.",
    submit: "Set the password",
  },
};
