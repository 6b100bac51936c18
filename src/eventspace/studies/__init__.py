"""The questions: each study is a frozen configuration, one function that computes, and a frozen result."""
