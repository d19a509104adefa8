third = null
