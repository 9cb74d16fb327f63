"""Titles as people write them, and what each must be read as; written by hand.

A heading names a level and its usual buying role ("-" for none); below it stand a title, its function, and
the buying role where it is another one.
"""

from typing import NamedTuple

TABLE = """
# c_level executive_sponsor
Alleinvorstand | unknown
CEO / Geschäftsführer | unknown
CEO, President, Owner | unknown
CEO y Fundador | unknown
Cofondateur | unknown
COO | operations
Directeur Général Délégué | unknown
General Partner | unknown
Geschäftsführrer | unknown
Gesellschafter | unknown
Managing Dir. | unknown
Managing Direktor | unknown
Pres. | unknown
Presidente del Consejo | unknown
Président du conseil d'administration | unknown
Chief Strategy Officer | unknown
CEO | unknown
ceo | unknown
C.E.O. | unknown
Chief Executive Officer | unknown
chief executive officer (CEO) | unknown
Cheif Executive Officer | unknown
Chief Executive | unknown
Co-Founder & CEO | unknown
Cofounder and CTO | engineering
CEO/Founder | unknown
Founder, CEO & Chairman | unknown
Founder | unknown
Foudner | unknown
Owner | unknown
Owner / Operator | unknown
Business Owner | unknown
President | unknown
Presdient | unknown
President & COO | operations
Executive Chairman | unknown
Chair of the Board | unknown
Managing Director | unknown
Managing Director, DACH | unknown
Managing Partner | unknown
Founding Partner | unknown
Interim CEO | unknown
Acting Chief Operating Officer | operations
Deputy CEO | unknown
Group CFO | finance | budget_holder
CFO | finance | budget_holder
Chief Financial Officer | finance | budget_holder
Chief Finance Officer (EMEA) | finance | budget_holder
CMO | marketing
Chief Marketing Officer | marketing
chief marketing officer | marketing
Chief Revenue & Growth Officer | marketing
CRO | sales
Chief Sales Officer | sales
Chief Commercial Officer | sales
CTO | engineering
CTO & Co-Founder | engineering
Chief Technology Officer | engineering
CIO | it
Chief Information Officer | it
CISO | security
Chief Information Security Officer | security
Chief Product Officer | product
CPO - Product | product
Chief People Officer | people
CHRO | people
Chief Human Resources Officer | people
Chief Data Officer | data
Chief Legal Officer | legal | legal
Chief Procurement Officer | procurement | budget_holder
Chief Compliance Officer | legal | legal
Chief Customer Officer | customer
VP of Engineering and Co-Founder | engineering
Secretary General | unknown
Entrepreneur | unknown
Geschäftsführer | unknown
Geschäftsführerin | unknown
Geschaeftsfuehrer | unknown
Geschaftsfuhrer | unknown
Geschäftführer | unknown
geschäftsführer | unknown
Geschäftsführer:in | unknown
Geschäftsführer/-in | unknown
Geschäftsführer (GF) | unknown
Geschäftsführender Gesellschafter | unknown
Gründer & Geschäftsführer | unknown
Mitgründerin | unknown
Gründer und CEO | unknown
Inhaber | unknown
Inhaberin | unknown
Vorstand | unknown
Vorstand Vertrieb | sales
Vorstandsvorsitzender | unknown
Vorstandsvorsitzende (CEO) | unknown
Mitglied des Vorstands | unknown
Mitglied der Geschäftsleitung | unknown
Finanzvorstand (CFO) | finance | budget_holder
Kaufmännischer Geschäftsführer | finance | budget_holder
Technischer Geschäftsführer | engineering
Unternehmer | unknown
Präsident | unknown
PDG | unknown
P-DG | unknown
Président-directeur général | unknown
Présidente | unknown
Directeur général | unknown
Directrice générale | unknown
Directeur Général Adjoint | unknown
DG | unknown
Gérant | unknown
Gérante | unknown
Fondateur | unknown
Co-fondatrice & CEO | unknown
Chef d'entreprise | unknown
Dirigeant | unknown
Propriétaire | unknown
Secrétaire générale | unknown
Director General | unknown
Directora General | unknown
Consejero Delegado | unknown
Consejera delegada | unknown
Gerente General | unknown
Fundador | unknown
Co-fundadora y CEO | unknown
Socio fundador | unknown
Socia Directora | unknown
Propietario | unknown
Dueña | unknown
Presidenta | unknown
Administrador único | unknown
Empresario | unknown

# vp decision_maker
VP Rev Ops | sales
vp mktg | marketing
VP CX | customer
VP - Sales & Marketing (North America) | marketing
Vicepresidente Ejecutivo | unknown
VP | unknown
VP Sales | sales
VP, Marketing Ops | marketing
Vice President, Sales EMEA | sales
Vice-President of Engineering | engineering
vice president - customer success | customer
Vice Presdient Sales | sales
V.P. Sales | sales
SVP Global Marketing | marketing
Sr. VP of Product | product
Senior Vice President, Operations | operations
EVP & General Counsel | legal | legal
EVP, People | people
Executive Vice President Finance | finance | budget_holder
AVP Information Technology | it
Associate Vice President of Development | unknown
Assistant Vice President, Procurement | procurement | budget_holder
RVP Sales - West | sales
VP Finance | finance | budget_holder
VP Data & Analytics | data
VP Information Security | security
VP Business Development | sales
VP Demand Gen | marketing
Group Vice President Supply Chain | operations
Vice Presidente de Ventas | sales
Vicepresidenta | unknown
Vicepresidente Comercial | sales
Vice-présidente Marketing | marketing
Vice-Président Ventes | sales
Vizepräsident Vertrieb | sales

# director decision_maker
Mktg Director | marketing
Sr. Dir. Mktg | marketing
Dir of Ops | operations
Directr of Sales | sales
Gen. Manager | unknown
Global Director of Demand Generation & ABM | marketing
Head of CX | customer
Head of Data Governance | data
Head of Einkauf | procurement | budget_holder
Head of Treasury | finance | budget_holder
Client Success Director | customer
Dean of Students | unknown
Director DevOps | engineering
Director Marketing Europa | marketing
Directeur des ventes Europe | sales
Directeur adjoint | unknown
Director Adjunto | unknown
Geschäftsbereichsleiterin | unknown
Gebietsverkaufsleiter | sales
Leiter Konstruktion | engineering
Leiter Qualitätsmanagement | operations
Leiterin der Rechtsabteilung | legal | legal
Regionalleiter | unknown
Vertriebslieter | sales
Jefa de Marketing | marketing
Director | unknown
Director of Marketing | marketing
Direcor of Marketing | marketing
director, demand generation | marketing
Sr. Director, Revenue Operations | sales
Senior Director Engineering | engineering
Associate Director, Data Science | data
Dir. of Sales | sales
Dir Marketing | marketing
Marketing Director (EMEA) | marketing
Sales Director - DACH | sales
Sales Director @ Acme | sales
Director IT | it
Director of Information Technology | it
IT Director at President Hotels | it
Director of Procurement | procurement | budget_holder
Director, Strategic Sourcing | procurement | budget_holder
Director of Finance | finance | budget_holder
Finance Director | finance | budget_holder
Financial Controller & Director | finance | budget_holder
Treasurer | finance | budget_holder
HR Director | people
Executive Director | unknown
Non-Executive Director | unknown
Head of | unknown
Head of Growth | marketing
Head of Sales | sales
head of sales ops | sales
Head of Purchasing | procurement | budget_holder
Global Head of Customer Support | customer
Head of Product | product
Head, Data Platform | data
Group Head of Internal Audit | finance | budget_holder
Head of People & Culture | people
Head of Cybersecurity | security
Head of Student Recruitment | people
Director of Student Services | customer
General Manager | unknown
Country Manager France | unknown
General Counsel | legal | legal
Deputy General Counsel | legal | legal
Company Secretary | legal | legal
Partner | unknown
Principal | unknown
Chief of Staff | unknown
Chief of Staff to the CEO | unknown
Chief Architect | engineering
Chief Accountant | finance | budget_holder
Board Member | unknown
Head of Legal | legal | legal
Leiter Einkauf | procurement | budget_holder
Leiterin Einkauf | procurement | budget_holder
Leiter*in Einkauf | procurement | budget_holder
Leitung Einkauf | procurement | budget_holder
Einkaufsleiter | procurement | budget_holder
Einkaufsleiterin (m/w/d) | procurement | budget_holder
Leiter Strategischer Einkauf | procurement | budget_holder
Leiterin Marketing | marketing
Marketingleiter | marketing
Marketingleitung | marketing
Leiter Vertrieb & Marketing | marketing
Vertriebsleiter | sales
Vertriebsleiterin Süd | sales
Verkaufsleiter | sales
Vertriebsdirektor | sales
IT-Leiter | it
Leiter IT | it
Leiter EDV | it
Leiter Informationssicherheit | security
Personalleiterin | people
Leiter Personal | people
Leiter Finanzen | finance | budget_holder
Leiterin Controlling | finance | budget_holder
Kaufmännischer Leiter | finance | budget_holder
Leiter Rechnungswesen | finance | budget_holder
Technischer Leiter | engineering
Leiter Entwicklung | engineering
Leiter Produktentwicklung | engineering
Entwicklungsleiter | engineering
Leiter Produktmanagement | product
Leiter Logistik | operations
Produktionsleiter | operations
Betriebsleiter | operations
Werkleiter | operations
Leiter Kundenservice | customer
Leiter Unternehmenskommunikation | marketing
Leiterin Recht & Compliance | legal | legal
Bereichsleiter | unknown
Abteilungsleiter Einkauf | procurement | budget_holder
stellv. Abteilungsleiterin | unknown
Niederlassungsleiter | unknown
Prokurist | unknown
Prokuristin, Leiterin Finanzen | finance | budget_holder
Personalchef | people
Aufsichtsrat | unknown
Directeur commercial | sales
Directrice Commerciale | sales
Directrice Marketing | marketing
Directeur marketing et communication | marketing
Directeur·rice Marketing | marketing
Directeur des achats | procurement | budget_holder
Directrice Achats Groupe | procurement | budget_holder
Directeur financier | finance | budget_holder
Directrice administrative et financière | finance | budget_holder
DAF | finance | budget_holder
DRH | people
Directrice des ressources humaines | people
DSI | it
Directeur des Systèmes d'Information | it
Directeur informatique | it
Directeur technique | engineering
Directeur R&D | engineering
Directeur de production | operations
Directrice des opérations | operations
Directrice juridique | legal | legal
Directeur de la relation client | customer
Associé | unknown
Director de Marketing | marketing
Directora de Marketing y Ventas | marketing
Director/a Comercial | sales
Director Comercial | sales
Directora Financiera | finance | budget_holder
Director de Compras | procurement | budget_holder
Jefe de Compras | procurement | budget_holder
Jefa de compras | procurement | budget_holder
Jefe/a de Compras | procurement | budget_holder
Jefe de Ventas | sales
Jefa de Recursos Humanos | people
Jefe de Sistemas | it
Director de TI | it
Director de Operaciones | operations
Directora Jurídica | legal | legal
Director de Tecnología | engineering
Subdirector | unknown
Socio | unknown

# manager influencer
RevOps Manager | sales
Eng Manager | engineering
Asst. Manager | unknown
Ops Mgr | operations
Snr Product Mgr | product
Corporate Controller | finance
FP&A Manager | finance
Contract Manager | legal | legal
QA Lead | engineering
Technical Program Manager | engineering
Team Leader Customer Care | customer
Teamlead Einkauf | procurement | budget_holder
IT-Sicherheitsbeauftragter | security
DPO | legal | legal
Chef de service | unknown
Chef comptable | finance
Responsable SI | it
Responsable grands comptes | sales
Respnsable achats | procurement | budget_holder
Jefe de Producto | product
Coordinador de Compras | procurement | budget_holder
Encargada de tienda | unknown
Manager | unknown
Marketing Manager | marketing
marketing manager | marketing
Marketing Manger | marketing
Marketting Mangager | marketing
Sr. Marketing Mgr. | marketing
Product Marketing Manager | marketing
Senior Manager, Demand Generation | marketing
CRM Manager | marketing
Sales Manager | sales
Regional Sales Manager - Midwest | sales
Sales Operations Manager | sales
Channel Partner Manager | sales
Senior Partner Manager | unknown
Business Development Manager | sales
IT Manager | it
Manager, IT Infrastructure | it
Engineering Manager | engineering
Product Manager | product
Group Product Manager | product
Operations Manager | operations
Supply Chain Manager | operations
Plant Manager | operations
HR Manager | people
Talent Acquisition Manager | people
Customer Success Manager | customer
Customer Support Team Lead | customer
Finance Manager | finance
Financial Controller | finance
Accounting Manager | finance
Procurement Manager | procurement | budget_holder
Procurment Mgr | procurement | budget_holder
Purchasing Manager | procurement | budget_holder
Category Manager | procurement | budget_holder
Compliance Manager | legal | legal
Information Security Manager | security
Office Manager | unknown
Assistant Manager | unknown
Assistant Store Manager | unknown
Team Lead | unknown
Tech Lead | unknown
Lead Engineer | engineering
Data Engineering Lead | data
Supervisor | unknown
Project Manager (PMP) | unknown
Scrum Master | unknown
Student Success Manager | unknown
Teamleiter Vertrieb | sales
Teamleiterin | unknown
Teamleiter:in Einkauf | procurement | budget_holder
Gruppenleiter Entwicklung | engineering
Projektleiter | unknown
Projektleiterin IT | it
Produktmanager | product
Produktmanagerin | product
Marketingmanagerin | marketing
Filialleiter | unknown
Datenschutzbeauftragter | legal | legal
Controllerin | finance
Responsable Achats | procurement | budget_holder
Responsable des achats | procurement | budget_holder
Resp. Achats | procurement | budget_holder
Responsable marketing | marketing
Responsable RH | people
Responsable informatique | it
Responsable Commerciale | sales
Responsable financier | finance
Responsable juridique | legal | legal
RSSI | security
Chef de projet | unknown
Cheffe de projet digital | unknown
Chef de produit | product
Chef des ventes | sales
Chef d'équipe | unknown
Responsable de Compras | procurement | budget_holder
Responsable de TI | it
Gerente de Compras | procurement | budget_holder
Gerente de Ventas | sales
Gerente | unknown
Coordinadora de Marketing | marketing
Encargado de logística | operations
Jefe de proyecto | unknown
Jefa de equipo | unknown

# individual end_user
Assistenz Vertrieb | sales
Vertriebsassistentin | sales
Assistante RH | people
Gestionnaire de paie | people
Ingénieur commercial | sales
Key-Account-Managerin | sales
Konstrukteur | engineering
Kaufmännische Angestellte | finance
IT-Administrator | it
Machine Learning Engineer | data
Privacy Officer | legal | legal
Referentin Öffentlichkeitsarbeit | marketing
Sales Engineer | sales
Site Reliability Engineer | engineering
Asistente de compras | procurement | budget_holder
Analista financiero | finance
Desarrolladora web | engineering
Owner's Representative | unknown
Account Manager | sales
Key Account Manager | sales
Senior Account Executive | sales
Acount Manager | sales
Account Executive, Mid-Market | sales
Sales Representative | sales
Sales Development Representative (SDR) | sales
BDR | sales
Lead Generation Specialist | unknown
Marketing Specialist | marketing
Marketing Assistant | marketing
Digital Marketing Executive | marketing
Content Writer | marketing
Software Engineer | engineering
Senior Software Enginer | engineering
Staff Engineer | engineering
Principal Engineer | engineering
Principal Software Engineer | engineering
Founding Engineer | engineering
Full Stack Developer | engineering
DevOps Engineer | engineering
Solution Architect | engineering
Architect, Office of the CTO | engineering
Systems Administrator | it
Salesforce Administrator | it
IT Support Specialist | it
Network Engineer | it
Data Scientist | data
Data Anaylst | data
Business Analyst | unknown
Financial Analyst | finance
Accountant | finance
Accounts Payable Clerk | finance
Internal Auditor | finance
Payroll Specialist | finance
Buyer | procurement | budget_holder
Senior Buyer | procurement | budget_holder
Purchasing Agent | procurement | budget_holder
Procurement Specialist | procurement | budget_holder
Corporate Counsel | legal | legal
Paralegal | legal | legal
Attorney | legal | legal
Security Analyst | security
Recruiter | people
HR Generalist | people
HR Business Partner | people
Product Owner | product
Senior Product Designer | product
Customer Support Representative | customer
Consultant | unknown
Senior Consultant | unknown
Project Coordinator | unknown
Board Advisor | unknown
Advisor to the CEO | unknown
Freelancer | unknown
Einkäufer | procurement | budget_holder
Einkäuferin | procurement | budget_holder
Strategischer Einkäufer | procurement | budget_holder
Sachbearbeiter Einkauf | procurement | budget_holder
Sachbearbeiterin Buchhaltung | finance
Buchhalterin | finance
Softwareentwickler | engineering
Softwareentwickler (m/w/d) | engineering
Entwicklungsingenieur | engineering
Vertriebsmitarbeiter | sales
Mitarbeiterin Marketing | marketing
Personalreferentin | people
Systemadministrator | it
Fachinformatiker | it
Unternehmensberater | unknown
Rechtsanwältin | legal | legal
Acheteur | procurement | budget_holder
Acheteuse | procurement | budget_holder
Chargé de communication | marketing
Chargé(e) de recrutement | people
Chargée d'affaires | sales
Comptable | finance
Ingénieur logiciel | engineering
Ingénieure d'affaires | engineering
Développeur web | engineering
Développeuse | engineering
Commercial | sales
Attachée commerciale | sales
Assistante commerciale | sales
Juriste | legal | legal
Contrôleur de gestion | finance
Comprador | procurement | budget_holder
Ejecutivo de cuentas | sales
Técnico de sistemas | it
Ingeniera de software | engineering
Analista de datos | data
Contable | finance
Abogada | legal | legal
Asesor comercial | sales
Consultora | unknown

# individual -
Asst to the President | unknown
Receptionist | unknown
Assistant to the CEO | unknown
Assistant to CEO | unknown
Executive Assistant | unknown
Executive Assistant to the CFO | unknown
Exec. Assistant & Office of the CEO | unknown
EA to the Managing Director | unknown
PA to CEO | unknown
Personal Assistant to the President | unknown
Administrative Assistant | unknown
Secretary | unknown
Assistentin der Geschäftsführung | unknown
Assistenz der Geschäftsleitung | unknown
Vorstandsassistent | unknown
Referent der Geschäftsführung | unknown
Teamassistenz Marketing | unknown
Chefsekretärin | unknown
Assistante de direction | unknown
Assistant du PDG | unknown
Secrétaire de direction | unknown
Asistente de Dirección | unknown
Asistente del Director General | unknown
Secretaria de Gerencia | unknown
Student | unknown
student | unknown
PhD Student | unknown
Intern | unknown
Marketing Intern | marketing
Software Engineering Intern | engineering
Management Trainee | unknown
Apprentice | unknown
Werkstudent Marketing | marketing
Werkstudentin (m/w/d) | unknown
Praktikantin Vertrieb | sales
Auszubildender | unknown
Stagiaire | unknown
Stagiaire RH | people
Alternante marketing | marketing
Étudiante | unknown
Becario | unknown
Becaria de Marketing | marketing
Estudiante | unknown

# unknown -
Director (Retired) | unknown
previously CMO | unknown
Future CEO | unknown
CEO's Office | unknown
Volunteer | unknown
Vertrieb Außendienst | sales
Strategischer Einkauf | procurement | budget_holder
Former CEO | unknown
Ex-CEO | unknown
ex CFO | unknown
CEO (former) | unknown
Retired | unknown
Retired VP Sales | unknown
Aspiring Product Manager | unknown
ehem. Geschäftsführer | unknown
ehemaliger Vorstand | unknown
Geschäftsführer a.D. | unknown
Ancien directeur commercial | unknown
Antiguo director | unknown
Exdirector General | unknown
Wizard | unknown
Sales | sales
Marketing | marketing
Einkauf | procurement | budget_holder
n/a | unknown
- | unknown
. | unknown
Resident | unknown
"""


class Row(NamedTuple):
    """One line of the table; role is None where no role must be inferred."""

    title: str
    seniority: str
    function: str
    role: str | None


def rows() -> list[Row]:
    """The table, line by line."""
    found, heading = [], ("", "")
    for line in TABLE.strip().splitlines():
        if line.startswith("#"):
            _, level, usual = line.split()
            heading = (level, usual)
        elif line:
            title, area, *role = line.split(" | ")
            part = role[0] if role else heading[1]
            found.append(Row(title, heading[0], area, None if part == "-" else part))
    return found
