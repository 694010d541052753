"""What the PDF child and its parent say to each other. Pure, so that the parent never loads WeasyPrint."""

PAGES = "--pages"  # only count them
CANNOT = 3  # exit status: this machine can not make PDF
NO_PANGO = "本机缺少 libpango，不能生成 PDF；DOCX 和网页版照常。安装：apt-get install libpango-1.0-0 libpangoft2-1.0-0"
