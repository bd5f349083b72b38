"""Which pictogram stands beside a step."""

from __future__ import annotations

from render.edition import Runs
from render.typeset.wording import plain

# Which pictogram stands beside a step: the first cue found decides. In Vietnamese only: we do not guess at other words.
_CUES = (
    ("phone", ("gọi", "điện thoại", "tổng đài")),
    ("calendar-clock", ("nhận kết quả", "kết quả", "ngày làm việc", "chờ", "đúng hạn", "báo trước")),
    ("file-text", ("mẫu", "đơn", "giấy tờ", "hồ sơ", "tờ khai", "danh sách", "kê khai")),
    ("wallet", ("đóng tiền", "tiền", "nộp tiền", "biên lai", "trợ cấp")),
    ("id-card", ("thẻ", "căn cước")),
    ("smartphone", ("vssid", "ứng dụng", "qua mạng", "cài")),
    ("building-2", ("nộp", "ủy ban", "đến nơi", "điểm thu", "cơ quan", "trung tâm", "đăng ký")),
    ("hospital", ("khám", "bệnh viện", "trạm y tế")),
    ("users", ("từng nhà", "bà con", "gia đình", "người thân")),
    ("search", ("kiểm tra", "tra cứu", "xem", "đối chiếu")),
)


def pictogram(item: Runs) -> str:
    text = plain(item).lower()
    head = plain([run for run in item if run.strong]).lower()
    for look_in in (head, text):
        for icon, cues in _CUES:
            if look_in and any(cue in look_in for cue in cues):
                return icon
    return ""
