"""What the readers of files of facts say, in the language of the screens: for `cms.core.words`."""

from __future__ import annotations

_KEY = r"(?P<key>\S+)"
_MORE = r"(?: \((?P<more>\d+) more of the facts are wrong too\))?"

# English sentence -> Vietnamese; named groups are kept.
SENTENCES: tuple[tuple[str, str], ...] = (
    # the file
    (r"the file is too large", "Tệp quá lớn"),
    (r"the file of facts is too large", "Tệp số liệu quá lớn"),
    (r"the file of facts is not UTF-8", "Tệp số liệu không phải UTF-8 (bảng mã cũ?)"),
    (r"the file is not TOML: .*", "Tệp không đúng dạng TOML"),
    (r"this kind of file is not read", "Không đọc loại tệp này"),
    (r"this is no XLSX workbook", "Đây không phải là tệp XLSX"),
    (r"the workbook cannot be read: .*", "Không đọc được tệp XLSX này"),
    (r"the workbook is too large when unpacked", "Tệp XLSX phình quá lớn khi giải nén"),
    (r"the workbook holds macros or parts of other files", "Tệp XLSX có macro hoặc phần nhúng từ tệp khác"),
    (r"the workbook defines entities of its own", "Tệp XLSX có khai báo thực thể (DTD), không đọc"),
    (r"the workbook has no sheet '(?P<name>.+)'", "Tệp không có tờ “{name}”"),
    (r"the sheet '(?P<name>.+)' has unknown columns: (?P<columns>.+)", "Tờ “{name}” có cột lạ: {columns}"),
    (r"the sheet '(?P<name>.+)' has more than (?P<most>\d+) rows", "Tờ “{name}” có hơn {most} dòng"),
    (
        r"the first row of the sheet '(?P<name>.+)' does not name its columns once each",
        "Dòng đầu của tờ “{name}” phải ghi tên các cột, mỗi cột một lần",
    ),
    # a fact
    (rf"the formulas go in a circle: (?P<circle>.+?){_MORE}", "Các công thức quay vòng: {circle}"),
    (rf"no fact is called {_KEY}{_MORE}", "Không có số liệu nào tên là “{key}”"),
    (rf"two values of {_KEY} hold on (?P<day>.+?){_MORE}", "Hai giá trị của {key} cùng có hiệu lực ngày {day}"),
    (rf"(?P<value>.+) of {_KEY} is no date", "{value} không phải là ngày"),
    (rf"(?P<value>.+) of {_KEY} is neither a number nor text", "{value} không phải là số hay chữ"),
    (rf"a value of {_KEY} has no value", "Một dòng giá trị của {key} để trống"),
    (r"a row has no value", "Dòng này chưa có giá trị"),
    (rf"a value of {_KEY} has an unknown field '(?P<name>.+)'", "Giá trị của {key} có mục lạ “{name}”"),
    (rf"the fact {_KEY} has an unknown field '(?P<name>.+)'", "Số liệu {key} có mục lạ “{name}”"),
    (rf"the fact {_KEY} has an unknown unit '(?P<unit>.+)'{_MORE}", "Số liệu {key} có đơn vị lạ “{unit}”"),
    (rf"the fact {_KEY} has no label{_MORE}", "Số liệu {key} chưa có tên gọi"),
    (rf"the fact {_KEY} has (?:both|neither) values.*", "Số liệu {key} phải có giá trị hoặc công thức, không cả hai"),
    (rf"the fact {_KEY} is text and has a formula{_MORE}", "Số liệu {key} là chữ, không tính bằng công thức được"),
    (rf"{_KEY} is not a table", "{key} không phải là một bảng TOML"),
    (rf"the values of {_KEY} are not a list of tables", "Các giá trị của {key} không đúng dạng danh sách"),
    (rf"(?P<name>\S+) of {_KEY} is not a date", "{name} của {key} không phải là ngày"),
    (rf"(?P<name>\S+) of {_KEY} is not text", "{name} của {key} không phải là chữ"),
    (rf"'(?P<key>.*)' cannot be the key of a fact{_MORE}", "“{key}” không dùng làm khóa được"),
    (
        rf"the (?:label|suffix|source) of {_KEY} is too long or holds characters that cannot be printed",
        "Chữ của {key} quá dài hoặc có ký tự không in được",
    ),
    (r"formulas stand on formulas more than (?P<deep>\d+) deep.*", "Công thức dựa lên nhau quá {deep} tầng"),
    (rf"the fact {_KEY}: the formula divides by zero", "Công thức của {key} chia cho 0"),
    (
        rf"the fact {_KEY}: the formula counts with (?P<other>\S+), which is text",
        "Công thức của {key} tính với {other}, là chữ chứ không phải số",
    ),
    (
        rf"the fact {_KEY} works out to (?P<value>\S+) on (?P<day>\S+), which is no sensible value",
        "Số liệu {key} tính ra {value} vào ngày {day}, không phải là giá trị hợp lý",
    ),
    (rf"the fact {_KEY} is too large", "Số liệu {key} quá lớn"),
)
MENDS: tuple[tuple[str, str], ...] = (
    (r"At most (?P<most>\d+) MB", "Tối đa {most} MB"),
    (r"Save it as UTF-8", "Hãy lưu lại dạng UTF-8"),
    (r"Save it as XLSX or TOML", "Hãy lưu thành XLSX hoặc TOML"),
    (r"Save it as plain XLSX", "Hãy lưu thành XLSX thường, không có macro"),
    (
        r"Save it as XLSX again, or export the facts and fill in that file",
        "Hãy lưu lại dạng XLSX, hoặc xuất số liệu ra rồi điền vào tệp ấy",
    ),
    (r"Export the facts as XLSX, and fill in that file", "Hãy xuất số liệu ra XLSX rồi điền vào tệp ấy"),
    (r"The columns are: (?P<names>.+)", "Các cột là: {names}"),
    (r"The fields are: (?P<names>.+)", "Các mục là: {names}"),
    (r"The units are: (?P<names>.+)", "Các đơn vị là: {names}"),
    (r"Split the file", "Hãy chia tệp ra"),
    (r"Correct that line", "Hãy sửa dòng ấy"),
    (r"Write the value", "Hãy ghi giá trị"),
    (r"Write it (?:without quotes, )?like (?P<like>\S.*?)(?:, in quotes)?", "Ghi như {like}"),
    (r"Write 1_500_000 without points, or name another unit", "Ghi số nguyên, hoặc chọn đơn vị khác"),
    (r"Write value = 2029-07-01, without quotes", "Ghi như 01/7/2029"),
    (r"Use at most six", "Tối đa sáu chữ số thập phân"),
    (r"A suffix needs unit = \"number\"", "Chỉ đơn vị “Số” mới có chữ đi sau"),
    (r"Shorten the chain", "Hãy rút ngắn chuỗi công thức"),
    (r"Give it values", "Hãy cho nó giá trị"),
    (r"Keep it under its own key", "Hãy giữ dưới khóa của nó"),
    (r"Correct its formula or the facts it stands on", "Hãy sửa công thức, hoặc số liệu mà nó dựa vào"),
)
