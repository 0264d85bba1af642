"""How good the texts of a release are, as far as that can be counted (`dci caption-quality`).

report = QualityReport()
for name in release.names("test"):
    report.add(check_image(release.read(name, summaries=True), tokens))
report.document()
"""

from .image import Finding, ImageQuality, check_image
from .report import QualityReport

__all__ = ["Finding", "ImageQuality", "QualityReport", "check_image"]
