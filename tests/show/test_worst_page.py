import base64
import re

import cv2
import numpy as np

from kseg.predict.labels.result import Result
from kseg.show.worst_page import worst_page


def test_a_page_holds_its_pictures_and_escapes_names(tmp_path):
    image = np.full((20, 30, 1), 80, np.uint8)
    target = np.zeros((20, 30), np.int32)
    target[5:15, 5:15] = 1
    result = Result(target.astype(np.uint8), target)
    scores = {"name": "a<script>.png", "score": 0.25, "objects": 3}
    worst_page(
        ((scores, (image, target, result)) for _ in range(2)),
        {"name": "n&m", "palette": []},
        tmp_path / "worst.html",
    )
    text = (tmp_path / "worst.html").read_text("utf-8")
    assert "Worst images of n&amp;m" in text
    assert text.count("<h2>a&lt;script&gt;.png</h2>") == 2
    assert "score 0.250 · objects 3" in text
    assert "http" not in text and "<script" not in text
    pictures = re.findall(r"data:image/jpeg;base64,([^\"]+)", text)
    assert len(pictures) == 2
    data = np.frombuffer(base64.b64decode(pictures[0]), np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert picture.shape[1] > 3 * 340
