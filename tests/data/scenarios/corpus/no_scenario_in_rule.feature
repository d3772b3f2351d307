# language: zh-CN
功能: 规则里没有场景
  规则: 一
