"""The lab's folder beside the study: what files hold, the choices of their analyses, what they found."""
