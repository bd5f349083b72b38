"""A first vocabulary: what the policies are about. Editors change it as they like."""

from django.db import migrations

TOPICS = (
    ("bhxh-bat-buoc", "Bảo hiểm xã hội bắt buộc"),
    ("bhxh-tu-nguyen", "Bảo hiểm xã hội tự nguyện"),
    ("bhyt", "Bảo hiểm y tế"),
    ("bhtn", "Bảo hiểm thất nghiệp"),
    ("huu-tri", "Hưu trí"),
    ("tro-cap-huu-tri-xa-hoi", "Trợ cấp hưu trí xã hội"),
    ("thai-san", "Thai sản"),
    ("canh-bao", "Cảnh báo giả mạo"),
)


def forwards(apps, schema_editor):
    """Only where there is none yet."""
    topics = apps.get_model("planning", "Topic").objects
    for order, (key, name) in enumerate(TOPICS, 1):
        topics.get_or_create(key=key, defaults={"name": name, "order": order})


class Migration(migrations.Migration):
    dependencies = [("planning", "0001_initial")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
