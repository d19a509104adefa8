other = [
