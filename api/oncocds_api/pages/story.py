"""The scenario that the page begins with: short, true, and in need of one change to be tried."""

from __future__ import annotations

STORY = """# language: zh-CN
功能: 骨转移与骨改良药物

  场景: 两种骨改良药物不可同时使用
    假如 患者:
      | 肿瘤类型 | 乳腺癌 |
    并且 病灶:
      | 器官 | 病灶状态 |
      | 骨   | 影像阳性 |
    并且 用药:
      | 药物     | 状态   |
      | 唑来膦酸 | 使用中 |
      | 地舒单抗 | 计划中 |
    当 评估
    那么 规则"BCBM-62"成立
    并且 "BCBM-62"的出处是"不同种类的骨改良药物不可同时使用"
"""
