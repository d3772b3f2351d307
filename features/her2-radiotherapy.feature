Feature: Radiotherapy with anti-HER2 therapy

  Background:
    Given the patient:
      | fact         | value         |
      | tumour type  | breast cancer |
      | HER2 status  | positive      |

  Scenario: Trastuzumab with radiotherapy to the left breast
    Given the medications:
      | drug        | status |
      | trastuzumab | active |
    And the radiotherapy:
      | site   | side | status  |
      | breast | left | planned |
    When evaluated
    Then the advice contains "Radiotherapy together with anti-HER2 therapy"
    And the advice contains "HER2RT-14"
    And rule "HER2RT-16" is undetermined and asks for "baseline LVEF"
    And the passage of "HER2RT-15" is "治疗期间,定期通过心脏超声检查左心室射血功能"
    And the urgency of "HER2RT-14" is "warning"

  Scenario: Trastuzumab without radiotherapy
    Given the medications:
      | drug        | status |
      | trastuzumab | active |
    And no radiotherapy
    And the local policy:
      | echo monitoring without radiotherapy | no |
    When evaluated
    Then the advice does not contain "HER2RT-01"
    And rule "HER2RT-15" is silent

  Scenario: Trastuzumab with courses of radiotherapy that may have been left out
    Given the medications:
      | drug        | status |
      | trastuzumab | active |
    And the radiotherapy may be incomplete
    And the local policy:
      | echo monitoring without radiotherapy | no |
    When evaluated
    Then rule "HER2RT-15" is undetermined and asks for "Are these all radiotherapy courses?"

  Scenario: The shipped policy extends echocardiography to drug treatment alone
    Given the shipped policy
    And the medications:
      | drug        | status |
      | trastuzumab | active |
    And no radiotherapy
    When evaluated
    Then the advice contains "HER2RT-15"

  Scenario: Echocardiography that is due by local policy, on the very day
    Given the patient:
      | date of echocardiography | 2026-05-02 |
    And the medications:
      | drug        | status |
      | trastuzumab | active |
    And no radiotherapy
    And the local policy:
      | months between echocardiographies | 3 months |
    And the date of evaluation is "2026-08-02"
    When evaluated
    Then "echocardiography (LVEF)" is due on "2026-08-02"
    And "echocardiography (LVEF)" is not overdue
