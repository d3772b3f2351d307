# language: zh-CN
功能: 只有标题
