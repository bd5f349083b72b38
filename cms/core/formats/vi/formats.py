"""How days are written on Vietnamese screens: without this, Django reads 05/6/2026 as the sixth of May."""

DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d/%m/%Y"]  # the first is what browsers' own date fields speak
DATETIME_INPUT_FORMATS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M"]
SHORT_DATE_FORMAT = "d/m/Y"
SHORT_DATETIME_FORMAT = "H:i d/m/Y"
FIRST_DAY_OF_WEEK = 1
