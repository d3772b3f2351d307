Feature: Hepatocellular carcinoma with every criterion exactly at its limit

  A 61-year-old man, BCLC C, Child-Pugh A, platelets 60×10⁹/L, 5 tumours, 20.0 cm in sum, a metastasis of 3.0 cm, Vp3, HBV.
  At the limit is within; one step beyond any of them is not.

  Background:
    Given the patient:
      | age                     | 61                       |
      | tumour type             | hepatocellular carcinoma |
      | basis of diagnosis      | CT                       |
      | suitable for surgery    | no                       |
      | suitable for ablation   | no                       |
      | suitable for TACE       | no                       |
      | prior radiotherapy      | no                       |
      | prior radioembolisation | no                       |
    And the medications:
      | drug      | medication status |
      | sorafenib | planned           |
    And no radiotherapy

  Scenario: S35a Everything at the limit: eligible
    Given the patient:
      | sex                            | male    |
      | T category                     | T4      |
      | BCLC stage                     | stage C |
      | Child-Pugh class               | class A |
      | number of intrahepatic tumours | 5       |
      | sum of tumour diameters        | 20 cm   |
      | extrahepatic metastases        | yes     |
      | largest metastasis             | 3 cm    |
      | macrovascular invasion         | Vp3     |
      | viral hepatitis                | HBV     |
      | tumour fraction of the liver   | 12%     |
      | large tumour burden            | yes     |
    And the labs:
      | analyte   | value    |
      | platelets | 60×10⁹/L |
    When evaluated
    Then these rules fire:
      | rule       | what it says                                                                    |
      | HCCSBRT-01 | RTOG 1112: listed main criteria met, the finding for SBRT added to sorafenib    |
      | HCCSBRT-12 | SBRT as used in RTOG 1112: 27.5–50 Gy in 5 fractions over 5–15 days             |
      | HCCSBRT-18 | SBRT with sorafenib: more treatment stopped for adverse events                  |
      | HCCSBRT-20 | RTOG 1112 subgroups: factors with a possibly larger OS benefit                  |
      | HCCSBRT-21 | RTOG 1112, expert comment: Vp3, Vp4 or inferior vena cava involvement           |
      | HCCSBRT-22 | Age of the RTOG 1112 evidence: first-line therapy replaced, trial stopped early |
      | HCCSBRT-23 | RTOG 1112: primary endpoint not significant, sample too small                   |
      | HCCSBRT-25 | Locally advanced HCC: SBRT is not the only choice                               |
      | HCCSBRT-26 | Inoperable HCC: weigh systemic therapy fully in future combinations             |
      | HCCSBRT-32 | This source is for health professionals only                                    |
    And these rules are silent:
      | rule       | what it says                                                       |
      | HCCSBRT-02 | Outside RTOG 1112: diagnosis not confirmed by histology, CT or MRI |
      | HCCSBRT-03 | Outside RTOG 1112: BCLC stage other than B or C                    |
      | HCCSBRT-04 | Outside RTOG 1112: suitable for surgery, ablation or TACE          |
      | HCCSBRT-05 | Outside RTOG 1112: Child-Pugh class other than A                   |
      | HCCSBRT-06 | Outside RTOG 1112: platelets below 60×10⁹/L                        |
      | HCCSBRT-07 | Outside RTOG 1112: more than 5 intrahepatic tumours                |
      | HCCSBRT-08 | Outside RTOG 1112: sum of tumour diameters above 20 cm             |
      | HCCSBRT-09 | Outside RTOG 1112: largest metastasis above 3 cm                   |
      | HCCSBRT-10 | Outside RTOG 1112: prior radiotherapy or radioembolisation         |
      | HCCSBRT-11 | RTOG 1112 criteria: complete the missing data                      |
    And the advice contains "SBRT added to sorafenib: the listed main criteria of RTOG 1112 are met"
    And the remarks contain "health professionals"

  Scenario: S35b 6 intrahepatic tumours
    Given the patient:
      | sex                            | male    |
      | T category                     | T4      |
      | BCLC stage                     | stage C |
      | Child-Pugh class               | class A |
      | number of intrahepatic tumours | 6       |
      | sum of tumour diameters        | 20 cm   |
      | extrahepatic metastases        | yes     |
      | largest metastasis             | 3 cm    |
      | macrovascular invasion         | Vp3     |
      | viral hepatitis                | HBV     |
      | tumour fraction of the liver   | 12%     |
      | large tumour burden            | yes     |
    And the labs:
      | analyte   | value    |
      | platelets | 60×10⁹/L |
    When evaluated
    Then these rules fire:
      | rule       | what it says                                                                    |
      | HCCSBRT-07 | Outside RTOG 1112: more than 5 intrahepatic tumours                             |
      | HCCSBRT-22 | Age of the RTOG 1112 evidence: first-line therapy replaced, trial stopped early |
    And these rules are silent:
      | rule       | what it says                                                                 |
      | HCCSBRT-01 | RTOG 1112: listed main criteria met, the finding for SBRT added to sorafenib |
      | HCCSBRT-12 | SBRT as used in RTOG 1112: 27.5–50 Gy in 5 fractions over 5–15 days          |
    And the advice contains "Outside the RTOG 1112 criteria (not a contraindication)"

  Scenario: S35c Diameters of 20.1 cm in sum
    Given the patient:
      | sex                            | male    |
      | T category                     | T4      |
      | BCLC stage                     | stage C |
      | Child-Pugh class               | class A |
      | number of intrahepatic tumours | 5       |
      | sum of tumour diameters        | 20.1 cm |
      | extrahepatic metastases        | yes     |
      | largest metastasis             | 3 cm    |
      | macrovascular invasion         | Vp3     |
      | viral hepatitis                | HBV     |
      | tumour fraction of the liver   | 12%     |
      | large tumour burden            | yes     |
    And the labs:
      | analyte   | value    |
      | platelets | 60×10⁹/L |
    When evaluated
    Then these rules fire:
      | rule       | what it says                                           |
      | HCCSBRT-08 | Outside RTOG 1112: sum of tumour diameters above 20 cm |
    And these rules are silent:
      | rule       | what it says                                                                 |
      | HCCSBRT-01 | RTOG 1112: listed main criteria met, the finding for SBRT added to sorafenib |
    And the advice contains "Outside the RTOG 1112 criteria (not a contraindication)"

  Scenario: S35d A metastasis of 3.1 cm
    Given the patient:
      | sex                            | male    |
      | T category                     | T4      |
      | BCLC stage                     | stage C |
      | Child-Pugh class               | class A |
      | number of intrahepatic tumours | 5       |
      | sum of tumour diameters        | 20 cm   |
      | extrahepatic metastases        | yes     |
      | largest metastasis             | 3.1 cm  |
      | macrovascular invasion         | Vp3     |
      | viral hepatitis                | HBV     |
      | tumour fraction of the liver   | 12%     |
      | large tumour burden            | yes     |
    And the labs:
      | analyte   | value    |
      | platelets | 60×10⁹/L |
    When evaluated
    Then these rules fire:
      | rule       | what it says                                     |
      | HCCSBRT-09 | Outside RTOG 1112: largest metastasis above 3 cm |
    And these rules are silent:
      | rule       | what it says                                                                 |
      | HCCSBRT-01 | RTOG 1112: listed main criteria met, the finding for SBRT added to sorafenib |
    And the advice contains "Outside the RTOG 1112 criteria (not a contraindication)"

  Scenario: S35e Platelets 59×10⁹/L
    Given the patient:
      | sex                            | male    |
      | T category                     | T4      |
      | BCLC stage                     | stage C |
      | Child-Pugh class               | class A |
      | number of intrahepatic tumours | 5       |
      | sum of tumour diameters        | 20 cm   |
      | extrahepatic metastases        | yes     |
      | largest metastasis             | 3 cm    |
      | macrovascular invasion         | Vp3     |
      | viral hepatitis                | HBV     |
      | tumour fraction of the liver   | 12%     |
      | large tumour burden            | yes     |
    And the labs:
      | analyte   | value    |
      | platelets | 59×10⁹/L |
    When evaluated
    Then these rules fire:
      | rule       | what it says                                |
      | HCCSBRT-06 | Outside RTOG 1112: platelets below 60×10⁹/L |
    And these rules are silent:
      | rule       | what it says                                                                 |
      | HCCSBRT-01 | RTOG 1112: listed main criteria met, the finding for SBRT added to sorafenib |
    And the advice contains "Outside the RTOG 1112 criteria (not a contraindication)"

  Scenario: S35f Child-Pugh class B
    Given the patient:
      | sex                            | male    |
      | T category                     | T4      |
      | BCLC stage                     | stage C |
      | Child-Pugh class               | class B |
      | number of intrahepatic tumours | 5       |
      | sum of tumour diameters        | 20 cm   |
      | extrahepatic metastases        | yes     |
      | largest metastasis             | 3 cm    |
      | macrovascular invasion         | Vp3     |
      | viral hepatitis                | HBV     |
      | tumour fraction of the liver   | 12%     |
      | large tumour burden            | yes     |
    And the labs:
      | analyte   | value    |
      | platelets | 60×10⁹/L |
    When evaluated
    Then these rules fire:
      | rule       | what it says                                     |
      | HCCSBRT-05 | Outside RTOG 1112: Child-Pugh class other than A |
    And these rules are silent:
      | rule       | what it says                                                                 |
      | HCCSBRT-01 | RTOG 1112: listed main criteria met, the finding for SBRT added to sorafenib |
    And the advice contains "Outside the RTOG 1112 criteria (not a contraindication)"

  Scenario: S35g No extrahepatic metastasis: its size does not apply
    Given the patient:
      | sex                            | male    |
      | T category                     | T4      |
      | BCLC stage                     | stage C |
      | Child-Pugh class               | class A |
      | number of intrahepatic tumours | 5       |
      | sum of tumour diameters        | 20 cm   |
      | extrahepatic metastases        | no      |
      | macrovascular invasion         | Vp3     |
      | viral hepatitis                | HBV     |
      | tumour fraction of the liver   | 12%     |
      | large tumour burden            | yes     |
    And the labs:
      | analyte   | value    |
      | platelets | 60×10⁹/L |
    When evaluated
    Then these rules fire:
      | rule       | what it says                                                                 |
      | HCCSBRT-01 | RTOG 1112: listed main criteria met, the finding for SBRT added to sorafenib |
      | HCCSBRT-18 | SBRT with sorafenib: more treatment stopped for adverse events               |
    And these rules are silent:
      | rule       | what it says                                     |
      | HCCSBRT-09 | Outside RTOG 1112: largest metastasis above 3 cm |
      | HCCSBRT-11 | RTOG 1112 criteria: complete the missing data    |
    And the advice contains "SBRT added to sorafenib: the listed main criteria of RTOG 1112 are met"

  Scenario: S35h A woman, BCLC B, T2, HCV, Vp2, 5 % of the liver: eligible, but none of the subgroups
    Given the patient:
      | sex                            | female  |
      | T category                     | T2      |
      | BCLC stage                     | stage B |
      | Child-Pugh class               | class A |
      | number of intrahepatic tumours | 5       |
      | sum of tumour diameters        | 20 cm   |
      | extrahepatic metastases        | yes     |
      | largest metastasis             | 3 cm    |
      | macrovascular invasion         | Vp2     |
      | viral hepatitis                | HCV     |
      | tumour fraction of the liver   | 5%      |
      | large tumour burden            | yes     |
    And the labs:
      | analyte   | value    |
      | platelets | 60×10⁹/L |
    When evaluated
    Then these rules fire:
      | rule       | what it says                                                                 |
      | HCCSBRT-01 | RTOG 1112: listed main criteria met, the finding for SBRT added to sorafenib |
      | HCCSBRT-18 | SBRT with sorafenib: more treatment stopped for adverse events               |
    And these rules are silent:
      | rule       | what it says                                                          |
      | HCCSBRT-20 | RTOG 1112 subgroups: factors with a possibly larger OS benefit        |
      | HCCSBRT-21 | RTOG 1112, expert comment: Vp3, Vp4 or inferior vena cava involvement |
    And the advice contains "SBRT added to sorafenib: the listed main criteria of RTOG 1112 are met"

  Scenario: S35i Nothing said of a large tumour burden
    Given the patient:
      | sex                            | male    |
      | T category                     | T4      |
      | BCLC stage                     | stage C |
      | Child-Pugh class               | class A |
      | number of intrahepatic tumours | 5       |
      | sum of tumour diameters        | 20 cm   |
      | extrahepatic metastases        | yes     |
      | largest metastasis             | 3 cm    |
      | macrovascular invasion         | Vp3     |
      | viral hepatitis                | HBV     |
      | tumour fraction of the liver   | 12%     |
    And the labs:
      | analyte   | value    |
      | platelets | 60×10⁹/L |
    When evaluated
    Then these rules fire:
      | rule       | what it says                                      |
      | HCCSBRT-25 | Locally advanced HCC: SBRT is not the only choice |
    And the advice contains "Liver radiotherapy dose and fractionation: the trial range and alternatives"
