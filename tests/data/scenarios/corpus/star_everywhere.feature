# language: zh-CN
功能: 试
  场景: 一
    * 患者:
      | 诊断 | 乳腺癌 |
    * 评估
    * 规则"BCBM-62"成立
